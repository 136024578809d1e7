"""Views of the saved questions: pure, rows and files in, what people read out."""
