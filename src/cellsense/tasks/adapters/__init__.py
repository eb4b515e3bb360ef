"""Between a pipeline and a column: what a task's pipeline is given, and a text of what it says."""
