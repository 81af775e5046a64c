"""What there is: listings, the parts of owners, and what no listing showed, as one inventory."""
