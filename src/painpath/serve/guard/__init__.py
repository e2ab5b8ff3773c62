"""What every request passes: who it is, what they may, forged forms, sizes, rates, headers."""
