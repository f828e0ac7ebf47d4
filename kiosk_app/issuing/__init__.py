"""Numbers, copies and the journal between them: a document is issued exactly once."""
