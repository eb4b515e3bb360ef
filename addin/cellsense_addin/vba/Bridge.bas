Attribute VB_Name = "Bridge"
Option Explicit
' The only module that knows how Python is reached, and what differs between PC and Mac. On a PC
' xlwings' library starts a Python process once and hands over its COM object.

#If Mac Then
#ElseIf Win64 Then
    Private Const DLL_NAME As String = "xlwings64-{{XLWINGS_VERSION}}.dll"
    Private Declare PtrSafe Function ActivatePython Lib "xlwings64-{{XLWINGS_VERSION}}.dll" Alias "XLPyDLLActivateAuto" (ByRef result As Variant, Optional ByVal config As String = "", Optional ByVal mode As Long = 1) As Long
    Private Declare PtrSafe Function LoadLibrary Lib "kernel32" Alias "LoadLibraryA" (ByVal fileName As String) As LongPtr
#Else
    Private Const DLL_NAME As String = "xlwings32-{{XLWINGS_VERSION}}.dll"
    Private Declare PtrSafe Function ActivatePython Lib "xlwings32-{{XLWINGS_VERSION}}.dll" Alias "XLPyDLLActivateAuto" (ByRef result As Variant, Optional ByVal config As String = "", Optional ByVal mode As Long = 1) As Long
    Private Declare PtrSafe Function LoadLibrary Lib "kernel32" Alias "LoadLibraryA" (ByVal fileName As String) As LongPtr
#End If

Private Const NOT_CONNECTED As String = "not connected to Python: type in a terminal, cellsense addin install"
Private mLoaded As Boolean

' Calls a function of the package; its arguments are plain values, or a Range where it takes one.
Public Function CallPython(ByVal moduleName As String, ByVal functionName As String, ByVal arguments As Variant) As Variant
#If Mac Then
    If moduleName <> "cellsense_addin.macros" Then Err.Raise vbObjectError + 1, "cellsense", "on the Mac the functions need `cellsense serve`; the button of the ribbon works without"
    CallPython = AppleScriptTask("cellsense.applescript", "AskCellsense", functionName & vbTab & Join(arguments, vbTab))
#Else
    CallPython = PythonServer().CallUDF(moduleName, functionName, arguments)
#End If
End Function

' On the Mac a process of its own does the button's work and talks to Excel by itself.
Public Function StartedAlone() As Boolean
#If Mac Then
    AppleScriptTask "cellsense.applescript", "CallCellsense", "classify"
    StartedAlone = True
#End If
End Function

#If Not Mac Then
Private Function PythonServer() As Object
    Dim server As Variant, start As String, python As String
    python = GetSetting("cellsense", "Addin", "Interpreter")
    If Not mLoaded Then LoadPythonDll python
    ' The library puts the class id in. Quotes around the whole as well: the path may hold spaces.
    start = "import cellsense_addin.com_server as server; server.serve('$(CLSID)')"
    start = "cmd.exe  /K """"" & python & """ -B -c """ & start & """"""
    If ActivatePython(server, start, 1) <> 0 Then Err.Raise vbObjectError + 2, "cellsense", "Python could not be started: " & server
    Set PythonServer = server
End Function

Private Sub LoadPythonDll(ByVal python As String)
    Dim folder As String
    If python = "" Then Err.Raise vbObjectError + 3, "cellsense", NOT_CONNECTED
    If Not IsFile(python) Then Err.Raise vbObjectError + 3, "cellsense", NOT_CONNECTED & " (there is no " & python & ")"
    folder = Left$(python, InStrRev(python, "\") - 1)
    If LoadLibrary(folder & "\" & DLL_NAME) = 0 Then
        folder = Left$(folder, InStrRev(folder, "\") - 1)  ' a venv has it one level up
        If LoadLibrary(folder & "\" & DLL_NAME) = 0 Then Err.Raise vbObjectError + 3, "cellsense", NOT_CONNECTED & " (there is no " & DLL_NAME & ")"
    End If
    mLoaded = True
End Sub

Private Function IsFile(ByVal path As String) As Boolean
    On Error Resume Next
    IsFile = (GetAttr(path) And vbDirectory) = 0
End Function
#End If

' The cell whose formula is being calculated; Nothing when a macro calls.
Public Function CallingCell() As Object
    If TypeName(Application.Caller) = "Range" Then Set CallingCell = Application.Caller
End Function

' Dirty has Excel calculate what depends on the cell, too, but reaches the active sheet only.
Public Sub Recalculate(ByVal cell As Object)
    Dim isActive As Boolean
    If Not ActiveSheet Is Nothing Then isActive = (cell.Worksheet.Name = ActiveSheet.Name And cell.Worksheet.Parent.Name = ActiveWorkbook.Name)
    If isActive And Application.Calculation = xlCalculationAutomatic Then
        cell.Dirty
    Else
        cell.Calculate
    End If
End Sub

' Lets formulas follow that depend on a cell of another sheet.
Public Sub CalculateDependents()
    If Application.Calculation <> xlCalculationManual Then Application.Calculate
End Sub

Public Sub CallLater(ByVal macro As String, ByVal seconds As Long)
    Application.OnTime Now + TimeSerial(0, 0, seconds), "'" & ThisWorkbook.Name & "'!" & macro
End Sub

' Functions can't start a timer; Excel tells this workbook after each calculation.
Public Sub ListenToExcel()
    ThisWorkbook.Listen
End Sub

Public Sub Say(ByVal text As String)
    MsgBox text, vbInformation, "cellsense"
End Sub

' "yes", "no", or "" to stop. With two choices, no is the same as stop.
Public Function Ask(ByVal text As String, ByVal choices As Long) As String
    Select Case MsgBox(text, IIf(choices > 2, vbYesNoCancel, vbOKCancel) + vbQuestion, "cellsense")
        Case vbYes, vbOK
            Ask = "yes"
        Case vbNo
            Ask = "no"
    End Select
End Function

Public Sub Describe(ByVal functionName As String, ByVal text As String, Optional ByVal argumentTexts As Variant)
    If IsMissing(argumentTexts) Then
        Application.MacroOptions Macro:=functionName, Description:=text, Category:="cellsense"
    Else
        Application.MacroOptions Macro:=functionName, Description:=text, Category:="cellsense", ArgumentDescriptions:=argumentTexts
    End If
End Sub
