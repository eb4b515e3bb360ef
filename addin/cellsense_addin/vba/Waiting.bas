Attribute VB_Name = "Waiting"
Option Explicit
' Formulas whose reviews are still in work. Python knows what is ready; this asks it once a second
' and recalculates those formulas. It sleeps while nothing waits.

Private Const REFUSED As Long = 1004   ' the number of Excel's own refusals
Private Const MOST_FAILURES As Long = 3
Private mCells As Object     ' Collection of Range by its address: Excel moves the Range along with its cell
Private mScheduled As Boolean
Private mFailures As Long

' The values of an argument. A range that reaches the sheet's end costs what its used rows cost.
Public Function ValuesOf(ByVal argument As Variant) As Variant
    Dim source As Object, used As Object, cell As Object, height As Long
    If TypeName(argument) <> "Range" Then
        ValuesOf = argument
        Exit Function
    End If
    Set source = argument
    If source.Areas.Count > 1 Then Err.Raise REFUSED, "cellsense", "the reviews must stand in one range, not in several"
    If source.Row + source.Rows.Count - 1 = source.Worksheet.Rows.Count Then
        If source.Columns.Count > 1 And source.Rows.Count > 1 Then Err.Raise REFUSED, "cellsense", "it reads one column of reviews"
        Set cell = CallingCell()
        If Not cell Is Nothing Then
            ' Excel answers =A:A in row 2 with #SPILL!; cut to its used rows it would be a row off.
            If cell.Row <> source.Row And IsOurs(cell.Cells(1, 1).Formula) Then Err.Raise REFUSED, "cellsense", "enter this formula in row " & source.Row & ", or name the rows, such as A2:A1001"
        End If
        Set used = source.Worksheet.UsedRange
        height = used.Row + used.Rows.Count - source.Row
        If height < 1 Then height = 1
        Set source = source.Resize(height)
    End If
    ValuesOf = CellValues(source)
End Function

' Whether a formula is one of our functions and nothing more, so that its rows are the column's.
Private Function IsOurs(ByVal formula As String) As Boolean
    Dim name As Variant
    For Each name In Array("SENTIMENT", "CLASSIFY", "WHY")
        If Left$(formula, Len(name) + 2) = "=" & name & "(" Then IsOurs = True
    Next name
End Function

' The same of labels or examples, which may have several columns and stand beside any row.
Public Function UsedValuesOf(Optional ByVal argument As Variant) As Variant
    Dim source As Object, used As Object, height As Long
    If IsMissing(argument) Then Exit Function
    If TypeName(argument) <> "Range" Then
        UsedValuesOf = argument
        Exit Function
    End If
    Set source = argument
    If source.Areas.Count > 1 Then Err.Raise REFUSED, "cellsense", "the labels must stand in one range, not in several"
    Set used = source.Worksheet.UsedRange
    height = used.Row + used.Rows.Count - source.Row
    If height < 1 Then height = 1
    If source.Rows.Count > height Then Set source = source.Resize(height)
    UsedValuesOf = CellValues(source)
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

' A failure as a sentence for a cell: the line of a traceback that says what happened, which is the
' last one, or the first where xlwings' DLL has turned the traceback round (and dropped its title).
Public Function Reason() As String
    Dim lines As Variant, text As String, i As Long, inOrder As Boolean
    text = ErrorText()
    lines = Split(Replace(text, vbCr, ""), vbLf)
    inOrder = InStr(text, "Traceback (most recent") > 0
    text = ""
    For i = 0 To UBound(lines)
        If Trim$(lines(i)) <> "" And (text = "" Or inOrder) Then text = Trim$(lines(i))
    Next i
    If text = "" Then text = "unknown failure"
    Reason = "cellsense: " & text
End Function

' Called after a calculation: a function can't start a timer by itself.
Public Sub WatchLater()
    If mScheduled Or mCells Is Nothing Then Exit Sub
    If mCells.Count = 0 Then Exit Sub
    On Error Resume Next
    CallLater "Waiting.Poll", 1
    mScheduled = (Err.Number = 0)
End Sub

Public Sub Poll()
    Dim cancelKey As Long
    mScheduled = False
    If mCells Is Nothing Then Exit Sub
    If IsCopying() Then
        WatchLater
        Exit Sub
    End If
    cancelKey = Application.EnableCancelKey
    Application.EnableCancelKey = xlDisabled   ' Esc is pressed for other reasons; it must not halt this
    Refresh
    Application.EnableCancelKey = cancelKey
End Sub

Private Sub Refresh()
    Dim known As Object, lines As Variant, parts As Variant, gone As String, ready As Object
    Dim cell As Object, i As Long
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
        ElseIf parts(1) = "finished" Or (parts(1) = "partly" And IsOnActiveSheet(cell)) Then
            ready.Add cell
        Else
            Remember cell, parts(0)
        End If
    Next i
    If gone <> "" Then CallPython "cellsense_addin.polling", "forget", Array(gone)
    mFailures = 0
    Recalculate ready
    WatchLater
    Exit Sub
failed:
    Resume recover
recover:
    ' Python is gone: the formulas ask it again, which starts it anew or tells why not.
    mFailures = mFailures + 1
    If mFailures > MOST_FAILURES Then
        Set mCells = Nothing   ' a formula that is calculated again begins anew
        mFailures = 0
        Exit Sub
    End If
    Recalculate known
    WatchLater
End Sub

' A workbook that was saved while formulas waited shows the placeholder; its sheets calculate anew.
Public Sub ResumeWorkbook(ByVal book As Object)
    Dim sheet As Object
    On Error Resume Next
    For Each sheet In book.Worksheets
        If Application.WorksheetFunction.CountIf(sheet.UsedRange, ChrW$(8230)) > 0 Then
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

' The cell of a formula that waits; Nothing if its workbook is closed, or the formula is gone.
Private Function Living(ByVal known As Object, ByVal address As String) As Object
    Dim cell As Object
    On Error Resume Next
    Set cell = known.Item(address)
    If cell Is Nothing Then Exit Function
    If cell.Cells(1, 1).HasFormula Then Set Living = cell
End Function
