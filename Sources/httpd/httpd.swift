// The floor `httpd`.
