"""What a sentiment model must be able to do, as tests in the manner of CheckList."""
