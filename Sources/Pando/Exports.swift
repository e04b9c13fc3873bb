// What applications import.
@_exported public import ReQLish
