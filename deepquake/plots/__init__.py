"""Every picture DeepQuake draws. Nothing here knows how the numbers were made."""
