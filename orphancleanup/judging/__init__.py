"""Who goes and who stays, and in which order. Pure: values in, values out."""
