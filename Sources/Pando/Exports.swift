// What applications import.
@_exported public import ReQLish
@_exported public import SQL
