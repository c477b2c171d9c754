"""Foreign shapes die here: what others send becomes plain values of ours, without a database and without a clock."""
