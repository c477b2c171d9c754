"""E-mail: the bytes of one mail become what it is and what it says, within bounds that no sender can exceed."""
