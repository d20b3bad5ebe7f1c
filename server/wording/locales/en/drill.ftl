# A drill that became an alarm, to a contact who had been told that it is a drill.
lock-no-drill = This is NO drill any more. Open the app.
sms-no-drill = This is NO drill any more. Open to see who and how to help: { $link }
