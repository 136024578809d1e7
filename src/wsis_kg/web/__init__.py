"""The web surface: the SPARQL protocol for programs, plain pages for people."""
