"""Volumes on 3PAR, Primera and Alletra arrays that Cinder left behind or cannot delete."""
