Attribute VB_Name = "Bridge"
Option Explicit
Option Private Module
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
Private Const REFUSED As Long = 1004   ' the number of Excel's own refusals
Private mLoaded As Boolean
Private mFailure As String      ' why Python couldn't be started, kept for a while: each try takes long
Private mFailedAt As Date

' Calls a function of the package; its arguments are plain values, or a Range where it takes one.
Public Function CallPython(ByVal moduleName As String, ByVal functionName As String, ByVal arguments As Variant) As Variant
    ' Whatever is public here, a formula of any workbook can use.
    If TypeName(Application.Caller) = "Range" And moduleName <> "cellsense_addin.functions" Then Err.Raise REFUSED, "cellsense", "a cell can use SENTIMENT, CLASSIFY, WHY and SENTIMENT_INFO only"
#If Mac Then
    If moduleName <> "cellsense_addin.macros" Then Err.Raise REFUSED, "cellsense", "on the Mac the functions need `cellsense serve`; the button of the ribbon works without"
    On Error GoTo missing
    CallPython = AppleScriptTask("cellsense.applescript", "AskCellsense", functionName & vbTab & Join(arguments, vbTab))
    Exit Function
missing:
    Err.Raise REFUSED, "cellsense", NOT_CONNECTED
#Else
    Dim i As Long
    If moduleName = "cellsense_addin.functions" Then
        ' A range would be read back over COM, in the midst of calculating.
        For i = 0 To UBound(arguments)
            If TypeName(arguments(i)) = "Range" Then arguments(i) = CellValues(arguments(i))
        Next i
    End If
    CallPython = PythonServer().CallUDF(moduleName, functionName, arguments)
#End If
End Function

' On the Mac a process of its own does the button's work and talks to Excel by itself.
Public Function StartedAlone(ByVal macroCall As String) As Boolean
#If Mac Then
    StartedAlone = True
    Application.StatusBar = "cellsense: starting"
    On Error GoTo missing
    AppleScriptTask "cellsense.applescript", "CallCellsense", macroCall
    Exit Function
missing:
    Application.StatusBar = False
    Say NOT_CONNECTED
#End If
End Function

#If Not Mac Then
Private Function PythonServer() As Object
    Dim server As Variant, start As String, python As String
    If InStr(1, Application.Path, "\WindowsApps\", vbTextCompare) > 0 Then Err.Raise REFUSED, "cellsense", "Excel from the Microsoft Store can't reach Python: install Office from office.com"
    If mFailure <> "" And Now < mFailedAt + TimeSerial(0, 0, 30) Then Err.Raise REFUSED, "cellsense", mFailure
    python = GetSetting("cellsense", "Addin", "Interpreter")
    If Not mLoaded Then LoadPythonDll python
    ' The library puts the class id in. Python is started by itself: cmd would outlive one that
    ' failed, and the library wait two minutes for it. -P: no modules of Excel's current folder.
    start = """" & python & """ -B -P -c ""import cellsense_addin.com_server as server; server.serve('$(CLSID)')"""
    If ActivatePython(server, start, 1) <> 0 Then
        mFailure = "Python could not be started: " & Split(server & vbLf, vbLf)(0)
        mFailedAt = Now
        Err.Raise REFUSED, "cellsense", mFailure
    End If
    mFailure = ""
    Set PythonServer = server
End Function

Private Sub LoadPythonDll(ByVal python As String)
    Dim folder As String
    If python = "" Then Err.Raise REFUSED, "cellsense", NOT_CONNECTED
    If Not IsFile(python) Then Err.Raise REFUSED, "cellsense", NOT_CONNECTED & " (there is no " & python & ")"
    folder = Left$(python, InStrRev(python, "\") - 1)
    If LoadLibrary(folder & "\" & DLL_NAME) = 0 Then
        folder = Left$(folder, InStrRev(folder, "\") - 1)  ' a venv has it one level up
        If LoadLibrary(folder & "\" & DLL_NAME) = 0 Then Err.Raise REFUSED, "cellsense", NOT_CONNECTED & " (" & DLL_NAME & " can't be loaded)"
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

' What an error says, before anything else clears it.
Public Function ErrorText() As String
    ErrorText = Err.Description
End Function

' The values of cells, dates as numbers: a date beyond what Python knows would make all of it fail.
Public Function CellValues(ByVal source As Object) As Variant
    CellValues = source.Value2
End Function

' Refreshing would end copying, and the paste would do nothing.
Public Function IsCopying() As Boolean
    IsCopying = (Application.CutCopyMode <> 0)
End Function

Public Function IsOnActiveSheet(ByVal cell As Object) As Boolean
    If ActiveSheet Is Nothing Then Exit Function
    IsOnActiveSheet = (cell.Worksheet.Name = ActiveSheet.Name And cell.Worksheet.Parent.Name = ActiveWorkbook.Name)
End Function

' Calculates cells and all that depends on them. Dirty does that, at once, and on the active sheet
' only; elsewhere it takes the whole sheet.
Public Sub Recalculate(ByVal cells As Object)
    Dim i As Long, here As Range, others As Object, sheet As Object, automatic As Boolean
    On Error Resume Next              ' a cell may be gone, or its sheet
    Set others = New Collection
    automatic = (Application.Calculation <> xlCalculationManual)
    For i = 1 To cells.Count
        Set sheet = Nothing
        Set sheet = cells.Item(i).Worksheet
        If Not sheet Is Nothing Then
            If Not automatic Then
                cells.Item(i).Calculate
            ElseIf Not IsOnActiveSheet(cells.Item(i)) Then
                others.Add sheet, sheet.Parent.Name & vbTab & sheet.Name   ' a second time is an error
            ElseIf here Is Nothing Then
                Set here = cells.Item(i)
            Else
                Set here = Application.Union(here, cells.Item(i))
            End If
        End If
    Next i
    If Not here Is Nothing Then here.Dirty
    For Each sheet In others
        sheet.EnableCalculation = False
        sheet.EnableCalculation = True
    Next sheet
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

' True if something was entered, be it nothing; False if it was cancelled.
Public Function AskText(ByVal text As String, ByVal current As String, ByRef answer As String) As Boolean
    Dim given As Variant
    given = Application.InputBox(text, "cellsense", current, Type:=2)
    If VarType(given) = vbBoolean Then Exit Function
    answer = given
    AskText = True
End Function

Public Sub Describe(ByVal functionName As String, ByVal text As String, Optional ByVal argumentTexts As Variant)
    If IsMissing(argumentTexts) Then
        Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & functionName, Description:=text, Category:="cellsense"
    Else
        Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & functionName, Description:=text, Category:="cellsense", ArgumentDescriptions:=argumentTexts
    End If
    ThisWorkbook.Saved = True
End Sub
