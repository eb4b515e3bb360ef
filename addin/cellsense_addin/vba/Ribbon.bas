Attribute VB_Name = "Ribbon"
Option Explicit
' The tab of the ribbon. Python decides and writes; this drives it in short steps, so that Excel
' shows how far it is and can be told to stop, and leaves Excel's settings as it found them.

Private Const MACROS As String = "cellsense_addin.macros"
Private mRibbon As Object
Private mRunning As Boolean
Private mCancel As Boolean

' Excel calls this when it starts. An event of the workbook would do, but alarms antivirus programs.
Public Sub OnLoad(ribbon As Object)
    Dim book As Object
    Set mRibbon = ribbon
    ListenToExcel
    For Each book In Application.Workbooks
        ResumeWorkbook book
    Next book
    CallLater "Functions.DescribeFunctions", 2
End Sub

Public Sub OnClassify(control As Object)
    ClassifySelection
End Sub

Public Sub OnLabels(control As Object)
    ChooseLabels
End Sub

Public Sub OnLearn(control As Object)
    LearnFromRows
End Sub

Public Sub OnCancel(control As Object)
    CancelRun
End Sub

Public Sub OnAbout(control As Object)
    Dim text As String
    If Told("about", Array(), text) Then Say text
End Sub

Public Sub OnHelp(control As Object)
    Say "Classify column: select a cell in the column of reviews (or some of its cells, or all) and click. " & _
        "Label and score go into the columns to the right." & vbLf & vbLf & _
        "Learn: give some reviews a label by hand in another column, select a cell of the reviews and click. " & _
        "It says how good it gets, and Classify column labels the rest." & vbLf & vbLf & _
        "In a cell: =SENTIMENT(A2:A1001) gives label and score beside each review; " & _
        "=SENTIMENT(A2:A1001,""label"") only labels; =WHY(A2:A1001) the words that carried them; " & _
        "=CLASSIFY(A2:A1001,""price,delivery"") asks for labels of your own; =SENTIMENT_INFO() tells what answers." & vbLf & vbLf & _
        "Everything else, in a terminal: cellsense --help"
End Sub

Public Sub CancelRun()
    Dim text As String
    mCancel = True
    If Not mRunning Then Told "cancel", Array(), text
End Sub

' Classifies the selected column; returns what was said at the end.
Public Function ClassifySelection() As String
    If Not ReviewsSelected() Then Exit Function
    If StartedAlone("classify") Then Exit Function
    ClassifySelection = Drive("begin", "")
End Function

' Learns from the rows that have a label by hand, and classifies the column by it if that is wanted.
Public Function LearnFromRows() As String
    Dim labels As String
    If Not ReviewsSelected() Then Exit Function
    If Not AskText("Which column holds the labels that you gave to some of these reviews? Its header, or its letter. Eight rows of each label are a start.", "", labels) Then Exit Function
    If Trim$(labels) = "" Then Exit Function
    If StartedAlone("learn" & vbTab & labels) Then Exit Function
    LearnFromRows = Drive("learn", labels)
End Function

Private Function ReviewsSelected() As Boolean
    If mRunning Then Exit Function
    ReviewsSelected = (TypeName(Selection) = "Range")
    If Not ReviewsSelected Then Say "Select the reviews first: a cell of their column, or the cells."
End Function

' Drives Python from its beginning to its end; returns what was said then.
Private Function Drive(ByVal functionName As String, ByVal argument As String) As String
    Dim state As String, consent As String, calculation As Long, updating As Boolean, picked As Object, book As Object
    mRunning = True
    mCancel = False
    Set picked = Selection   ' what is selected while it learns is another matter
    Set book = picked.Worksheet.Parent
    calculation = Application.Calculation
    updating = Application.ScreenUpdating
    On Error GoTo failed
    Application.EnableCancelKey = xlErrorHandler   ' Esc is an error to be caught here, not a halt
    Application.StatusBar = "cellsense: reading the column"
    state = CallPython(MACROS, functionName, Array(picked, argument))
    Do While GoesOn(state)
        If mCancel And First(state) <> "learned" Then
            state = CallPython(MACROS, "cancel", Array())
        ElseIf First(state) = "more" Then
            If functionName = "begin" And Application.Calculation <> xlCalculationManual Then Application.Calculation = xlCalculationManual
            Application.StatusBar = "cellsense: " & Rest(state) & " (Esc or Cancel stops)"
            DoEvents
            Application.ScreenUpdating = False
            state = CallPython(MACROS, IIf(mCancel, "cancel", "step"), Array())   ' DoEvents lets Cancel in
            Application.ScreenUpdating = updating
        ElseIf First(state) = "learned" Then
            If Ask(Rest(state) & vbLf & vbLf & "Classify the column by it now?", 2) = "" Then
                state = "done" & vbTab & Split(Rest(state), vbLf)(0)
            Else
                mCancel = False   ' Esc was for the learning, which had ended
                functionName = "begin"
                state = CallPython(MACROS, functionName, Array(picked, ""))
            End If
        Else
            consent = Ask(Rest(state), IIf(First(state) = "choose", 3, 2))
            If consent = "" Then
                state = "cancelled" & vbTab & "Nothing was written."
            Else
                state = CallPython(MACROS, "begin", Array(picked, consent))
            End If
        End If
    Loop
finish:
    On Error Resume Next
    If First(state) = "failed" Then CallPython MACROS, "cancel", Array()
    Application.ScreenUpdating = updating
    If Application.Calculation <> calculation Then Application.Calculation = calculation
    Application.EnableCancelKey = xlInterrupt
    Application.StatusBar = False
    book.Saved = False   ' AutoSave may have written the manual calculation mode; now it writes again
    On Error GoTo 0
    mRunning = False
    Drive = Rest(state)
    If First(state) = "failed" Then
        Say Rest(state)
    Else
        ShowForAWhile Rest(state)
    End If
    Exit Function
failed:
    If Err.Number = 18 Then      ' Esc
        mCancel = True
        ' The same line again: Resume Next would go into the block of an If.
        Resume
    End If
    state = "failed" & vbTab & Reason()
    Resume finish
End Function

Private Function GoesOn(ByVal state As String) As Boolean
    Dim kind As Variant
    For Each kind In Array("more", "ask", "choose", "learned")
        If First(state) = kind Then GoesOn = True
    Next kind
End Function

Public Sub ClearStatus()
    If Not mRunning Then Application.StatusBar = False
End Sub

Private Sub ShowForAWhile(ByVal text As String)
    Application.StatusBar = "cellsense: " & text
    CallLater "Ribbon.ClearStatus", 10
End Sub

' ---- options: Python checks and keeps them; what the ribbon shows is a copy, so that showing it
' starts no Python. The tag of a control is the option's name.

Public Sub GetOption(control As Object, ByRef returned As Variant)
    returned = GetSetting("cellsense", "Options", control.Tag)
End Sub

Public Sub SetOption(control As Object, text As String)
    Dim value As String
    If Told("set_option", Array(control.Tag, text), value) Then SaveSetting "cellsense", "Options", control.Tag, IIf(text = "", "", value)
    If Not mRibbon Is Nothing Then mRibbon.Invalidate   ' shows the old value where the new one was refused
End Sub

' Asks for the labels that Classify column chooses from, and says what is set.
Public Sub ChooseLabels()
    Dim text As String, value As String
    If Not Told("get_option", Array("labels"), value) Then Exit Sub
    If Not AskText("Labels for Classify column, in your own words, with commas between them: price, delivery, quality." & vbLf & "Empty: sentiment.", value, text) Then Exit Sub
    If Told("choose_labels", Array(text), value) Then Say value
End Sub

' Calls a macro's Python side. True if it went well; says why if it didn't.
Private Function Told(ByVal functionName As String, ByVal arguments As Variant, ByRef text As String) As Boolean
    Dim state As String
    On Error GoTo failed
    state = CallPython(MACROS, functionName, arguments)
    text = Rest(state)
    Told = (First(state) <> "failed")
    If Not Told Then Say text
    Exit Function
failed:
    text = Reason()
    Say text
End Function

Private Function First(ByVal state As String) As String
    If InStr(state, vbTab) > 0 Then First = Left$(state, InStr(state, vbTab) - 1)
End Function

Private Function Rest(ByVal state As String) As String
    Rest = Mid$(state, InStr(state, vbTab) + 1)
End Function
