"""Excel on the Mac and on the web: cellsense behind xlwings Server, started by `cellsense serve`.

xlwings Server finds our functions, routes, task pane and manifest in the folder `project`, by the
names it prescribes; what stands there only hands on to the modules beside this one.
"""
