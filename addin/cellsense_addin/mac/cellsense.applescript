-- What the macros of cellsense.xlam call on a Mac, where a sandboxed Excel starts no program itself.
-- `cellsense addin install` writes it; text outside ASCII is spelt with character ids.

on PythonFile()
	return {{INTERPRETER}}
end PythonFile

-- Starts the call and doesn't wait: it may show something, and Excel must answer it.
on CallCellsense(argument)
	do shell script (CommandLine(argument) & " > /dev/null 2>&1 &")
	return ""
end CallCellsense

-- Waits, and returns what the call prints; a call that fails is an error in the macro.
on AskCellsense(argument)
	return do shell script (CommandLine(argument)) without altering line endings
end AskCellsense

on CommandLine(argument)
	set pythonPath to PythonFile()
	return (quoted form of pythonPath) & " -m cellsense_addin.mac_macros " & (quoted form of argument)
end CommandLine
