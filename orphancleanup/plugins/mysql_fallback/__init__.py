"""The namespace mysql-fallback: what Heat's and Cinder's databases must be told when their services cannot be."""
