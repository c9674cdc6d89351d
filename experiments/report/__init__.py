"""Reports of comparisons: tables, figures, one page."""
