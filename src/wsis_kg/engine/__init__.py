"""The engine: the text of a query in, the bytes of a result out.

Knows no HTTP, and imports pyoxigraph but never rdflib.
"""
