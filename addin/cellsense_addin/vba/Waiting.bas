Attribute VB_Name = "Waiting"
Option Explicit
' Formulas whose reviews are still in work. Python knows what is ready; this asks it once a second
' and recalculates those formulas. It sleeps while nothing waits.

Private Const MOST_FAILURES As Long = 3
Private mCells As Object     ' Collection of Range by its address: Excel moves the Range along with its cell
Private mScheduled As Boolean
Private mFailures As Long

' The values of an argument. A range that reaches the sheet's end costs what its used rows cost.
Public Function ValuesOf(ByVal argument As Variant) As Variant
    Dim source As Object, used As Object, height As Long
    If TypeName(argument) <> "Range" Then
        ValuesOf = argument
        Exit Function
    End If
    Set source = argument
    If source.Areas.Count > 1 Then Err.Raise vbObjectError + 4, "cellsense", "the reviews must stand in one range, not in several"
    If source.Row + source.Rows.Count - 1 = source.Worksheet.Rows.Count Then
        Set used = source.Worksheet.UsedRange
        height = used.Row + used.Rows.Count - source.Row
        If height < 1 Then height = 1
        Set source = source.Resize(height)
    End If
    ValuesOf = source.Value
End Function

' Names the formula that is being calculated, and remembers its cell.
Public Function WaitingCell() As String
    Dim cell As Object, address As String
    Set cell = CallingCell()
    If cell Is Nothing Then Exit Function
    address = cell.Address(External:=True)
    Remember cell, address
    WaitingCell = address
End Function

' A failure as a sentence for a cell. A traceback's last line says what happened.
Public Function Reason() As String
    Dim lines As Variant, text As String, i As Long
    text = Replace(Err.Description, vbCr, "")
    lines = Split(text, vbLf)
    text = "unknown failure"
    For i = 0 To UBound(lines)
        If Trim$(lines(i)) <> "" Then text = Trim$(lines(i))
    Next i
    Reason = "cellsense: " & text
End Function

' Called after a calculation: a function can't start a timer by itself.
Public Sub WatchLater()
    If mScheduled Or mCells Is Nothing Then Exit Sub
    If mCells.Count = 0 Then Exit Sub
    mScheduled = True
    CallLater "Waiting.Poll", 1
End Sub

Public Sub Poll()
    Dim known As Object, lines As Variant, parts As Variant, gone As String, ready As Object
    Dim cell As Object, i As Long
    mScheduled = False
    If mCells Is Nothing Then Exit Sub
    Set known = mCells
    Set ready = New Collection
    On Error GoTo failed
    lines = Split(CallPython("cellsense_addin.polling", "due", Array()), vbLf)
    If lines(0) = "all" Then Set mCells = New Collection   ' the others have their answers
    For i = 1 To UBound(lines)
        parts = Split(lines(i), vbTab)
        Set cell = Living(known, parts(0))
        If cell Is Nothing Then
            gone = gone & parts(0) & vbLf
        ElseIf cell.Address(External:=True) <> parts(0) Then
            gone = gone & parts(0) & vbLf   ' it moved, and waits under its new address from now on
            ready.Add cell
        ElseIf parts(1) = "1" Then
            ready.Add cell
        Else
            Remember cell, parts(0)
        End If
    Next i
    If gone <> "" Then CallPython "cellsense_addin.polling", "forget", Array(gone)
    mFailures = 0
    RecalculateAll ready
    WatchLater
    Exit Sub
failed:
    Resume recover
recover:
    ' Python is gone: the formulas ask it again, which starts it anew or tells why not.
    mFailures = mFailures + 1
    If mFailures > MOST_FAILURES Then Exit Sub
    RecalculateAll known
    WatchLater
End Sub

Private Sub RecalculateAll(ByVal cells As Object)
    Dim i As Long
    On Error Resume Next   ' a cell may be gone, or its sheet
    For i = 1 To cells.Count
        Recalculate cells.Item(i)
    Next i
    If cells.Count > 0 Then CalculateDependents
End Sub

' A workbook that was saved while formulas waited shows the placeholder; its sheets calculate anew.
Public Sub ResumeWorkbook(ByVal book As Object)
    Dim sheet As Object
    On Error Resume Next
    For Each sheet In book.Worksheets
        If Application.WorksheetFunction.CountIf(sheet.UsedRange, "…") > 0 Then
            sheet.EnableCalculation = False
            sheet.EnableCalculation = True
        End If
    Next sheet
End Sub

Private Sub Remember(ByVal cell As Object, ByVal address As String)
    If mCells Is Nothing Then
        Set mCells = New Collection
        ListenToExcel
    End If
    On Error Resume Next
    mCells.Remove address
    mCells.Add cell, address
End Sub

' The cell of a formula that waits; Nothing if its workbook is closed, or the formula is another.
Private Function Living(ByVal known As Object, ByVal address As String) As Object
    Dim cell As Object, formula As String
    On Error Resume Next
    Set cell = known.Item(address)
    If cell Is Nothing Then Exit Function
    formula = cell.Cells(1, 1).Formula
    If InStr(1, formula, "SENTIMENT", vbTextCompare) > 0 Then Set Living = cell
End Function
