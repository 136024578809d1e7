"""The engine: the text of a query in, the bytes of a result out.

Knows no HTTP but that of services elsewhere, and imports pyoxigraph but never rdflib.
"""
