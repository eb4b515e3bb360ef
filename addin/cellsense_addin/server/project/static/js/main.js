// The task pane. Replaces xlwings Server's empty file of this name, which its page loads.

import { startPane } from "./cellsense/pane.js";

startPane();
