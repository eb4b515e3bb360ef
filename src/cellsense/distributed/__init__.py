"""The same conversion over many processes and machines, on Ray Data.

A source is parted into tasks: a file, or some rows of a Parquet file. A worker holds one model,
reads a task's texts from the storage itself and writes the result there, whole or not at all, and
then a record of it. Only names and counts pass through Ray. What has a record isn't done again.

Each module imports only from those before it: storage, sources, tasks, kept, aim, parts, files,
plan, board, memory, worker, quiet, cluster, pool, show, run.
"""
