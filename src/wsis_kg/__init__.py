"""wsis-kg: who is asked to do what by the WSIS documents, and who reports to whom by when."""

__version__ = "0.1.0"
