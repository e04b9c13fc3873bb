// What a document is and where it lives.
