"""The pages of sales: the queue, one hand-off, and what is to be done."""
