// The floor `ReQLish`.
