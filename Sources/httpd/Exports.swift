@_exported public import ReQLish
@_exported public import SQL
