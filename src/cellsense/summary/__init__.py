"""What the labels of a column come to: counted, by category, over time; as a sheet and a page."""
