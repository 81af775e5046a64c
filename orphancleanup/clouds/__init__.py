"""The real cloud: credentials, sessions, endpoints, requests and their retries."""
