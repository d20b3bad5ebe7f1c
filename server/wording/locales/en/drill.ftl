# A drill that became an alarm, to a contact who had been told that it is a drill.
lock-no-drill = This is NOT a drill any more. Open the app.
sms-no-drill = This is NOT a drill any more. Open to see who needs you and how to help: { $link }
call-no-drill = This is not a drill any more. Check your messages to see who needs you. Press 1 if you are going. Press 2 if you cannot.
mail-no-drill = This is NOT a drill any more
