"""Canvas rows: which keys they have and how they are decoded into record fields."""
