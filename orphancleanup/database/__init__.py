"""What a step in a service's database is made of: the last resort, for which third parties write fallbacks, too."""
