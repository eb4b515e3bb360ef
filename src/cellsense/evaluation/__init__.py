"""How good a model's labels and scores are on a user's own labelled texts.

`labelled` reads the texts, `matching` brings their labels to the model's, `metrics` compares,
`run` does all of it; `table`, `told` and `page` show it on a terminal, as JSON and as HTML.
"""
