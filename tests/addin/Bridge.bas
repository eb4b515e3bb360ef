Attribute VB_Name = "Bridge"
Option Explicit
' The add-in's Bridge for LibreOffice: Python is reached through a UNO object instead of xlwings'
' DLL, and what Excel would show or schedule is told to the test. All other modules are the shipped
' ones.

Private mPython As Object
Private mCaller As Object

Public Sub SetPython(python)
    Set mPython = python
End Sub

Public Sub SetCaller(address As String)
    Set mCaller = Nothing
    If address <> "" Then Set mCaller = Worksheets(1).Range(address)
End Sub

Public Function CallPython(ByVal moduleName As String, ByVal functionName As String, ByVal arguments As Variant) As Variant
    Dim plain() As Variant, i As Long
    plain = Array()
    If UBound(arguments) >= 0 Then ReDim plain(0 To UBound(arguments))
    For i = 0 To UBound(arguments)
        If TypeName(arguments(i)) = "Range" And moduleName = "cellsense_addin.functions" Then
            plain(i) = arguments(i).Value
        ElseIf TypeName(arguments(i)) = "Range" Then
            plain(i) = arguments(i).CellRange
        ElseIf TypeName(arguments(i)) = "Error" Or TypeName(arguments(i)) = "Empty" Then
            plain(i) = -2147352572   ' how COM says that an argument was left out
        ElseIf IsArray(arguments(i)) Then
            plain(i) = Nested(arguments(i))
        Else
            plain(i) = arguments(i)
        End If
    Next i
    mPython.replaceByName moduleName & ":" & functionName, plain
    CallPython = Block(mPython.getByName(moduleName & ":" & functionName))
End Function

Public Function StartedAlone(ByVal macroCall As String) As Boolean
End Function

Public Function CallingCell() As Object
    Set CallingCell = mCaller
End Function

' LibreOffice says "An exception occurred", the kind, and then what the exception says.
Public Function ErrorText() As String
    Dim text As String
    text = Err.Description
    If InStr(text, "Message: ") > 0 Then text = Mid$(text, InStr(text, "Message: ") + 9)
    ErrorText = text
End Function

Public Function CellValues(ByVal source As Object) As Variant
    CellValues = source.Value   ' Basic has no Value2
End Function

Public Function IsCopying() As Boolean
End Function

Public Function IsOnActiveSheet(ByVal cell As Object) As Boolean
    IsOnActiveSheet = True
End Function

Public Sub Recalculate(ByVal cells As Object)
    Dim i As Long
    For i = 1 To cells.Count
        Tell "recalculate", cells.Item(i).Address
    Next i
End Sub

Public Sub CallLater(ByVal macro As String, ByVal seconds As Long)
    Tell "later", macro
End Sub

Public Sub ListenToExcel()
End Sub

Public Sub Say(ByVal text As String)
    Tell "say", text
End Sub

Public Function Ask(ByVal text As String, ByVal choices As Long) As String
    mPython.replaceByName "test:ask", Array(text, choices)
    Ask = mPython.getByName("test:ask")
End Function

Public Function AskText(ByVal text As String, ByVal current As String, ByRef answer As String) As Boolean
    mPython.replaceByName "test:enter", Array(current)
    answer = mPython.getByName("test:enter")
    AskText = (answer <> "(cancelled)")
End Function

Public Sub Describe(ByVal functionName As String, ByVal text As String, Optional ByVal argumentTexts As Variant)
    Tell "describe", functionName
End Sub

Private Sub Tell(ByVal what As String, ByVal text As String)
    mPython.replaceByName "test:" & what, Array(text)
    mPython.getByName "test:" & what
End Sub

' Arrays of two dimensions become arrays of arrays for UNO.
Private Function Nested(values As Variant) As Variant
    Dim rows() As Variant, i As Long
    ReDim rows(0 To UBound(values, 1) - LBound(values, 1))
    For i = LBound(values, 1) To UBound(values, 1)
        rows(i - LBound(values, 1)) = OneRow(values, i)
    Next i
    Nested = rows
End Function

Private Function OneRow(values As Variant, row As Long) As Variant
    Dim cells() As Variant, i As Long
    ReDim cells(0 To UBound(values, 2) - LBound(values, 2))
    For i = LBound(values, 2) To UBound(values, 2)
        cells(i - LBound(values, 2)) = values(row, i)
    Next i
    OneRow = cells
End Function

' … and back: rows of cells, a row, or a plain value, as COM gives them.
Private Function Block(result As Variant) As Variant
    Dim cells() As Variant, i As Long, j As Long
    If Not IsArray(result) Then
        Block = result
        Exit Function
    End If
    If Not IsArray(result(0)) Then
        ReDim cells(1 To 1, 1 To UBound(result) + 1)
        For j = 0 To UBound(result)
            cells(1, j + 1) = result(j)
        Next j
    Else
        ReDim cells(1 To UBound(result) + 1, 1 To UBound(result(0)) + 1)
        For i = 0 To UBound(result)
            For j = 0 To UBound(result(0))
                cells(i + 1, j + 1) = result(i)(j)
            Next j
        Next i
    End If
    Block = cells
End Function

Public Sub SelectCells(address As String)
    Worksheets(1).Range(address).Select
End Sub
