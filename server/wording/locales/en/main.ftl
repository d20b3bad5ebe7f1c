# Lock screen: neither name nor place. {who} is the alias that was agreed on, if there is one.
lock-alarm = You have an urgent notice
lock-alarm-alias = { $who } needs you. Open the app.
lock-again = Urgent notice again
lock-again-alias = { $who } asked for help again. Open the app.
lock-call-911 = Nobody at 911 has taken this yet: call 911
lock-no-news = No news in a notice of yours. Open the app.
lock-over = A notice is over. Open the app.
lock-drill = DRILL: this is a test, nobody is in danger

# SMS: GSM-7 letters.
sms-alarm = You have an urgent notice. Who and how to help: { $link } Reply 1 if you go, 2 if you can't
sms-alarm-alias = { $who } needs you. Open: { $link } Reply 1 if you go, 2 if you can't
sms-again = Urgent notice again. Open: { $link } Reply 1 if you go, 2 if you can't
sms-again-alias = { $who } needs help again { $link } Reply 1 if you go, 2 if you can't
sms-call-911 = Nobody at 911 has taken this yet. Call 911. { $link }
sms-no-news = No news in a notice of yours. We do not know that it is over. { $link }
sms-over = The notice is over. Thank you for being there. { $link }
sms-drill = DRILL. This is a test, nobody is in danger. { $link }
sms-sign-in = { $code } is your code to sign in. Nobody will ask you for it.
sms-invitation = { $who } wants you as a trusted contact. Read and decide: { $link } STOP to get no more.
sms-supervisor-unclaimed = 911: folio { $folio } not taken. Open the console.
sms-supervisor-alone = 911: folio { $folio } and nobody on shift. Open the console.

# Calls: read out twice; neither name nor place. They end with what to press.
call-alarm = Urgent notice. Somebody who trusts you asks for help. Look at your messages to see who. Press 1 if you are going. Press 2 if you cannot.
call-alarm-alias = Urgent notice. { $who } needs you. Look at your messages to see how to help. Press 1 if you are going. Press 2 if you cannot.
call-again = Urgent notice again. Somebody who trusts you asked for help again. Look at your messages to see who. Press 1 if you are going. Press 2 if you cannot.
call-again-alias = Urgent notice again. { $who } asked for help again. Look at your messages. Press 1 if you are going. Press 2 if you cannot.
call-call-911 = Nobody at 9 1 1 has taken an urgent notice that you got. Call 9 1 1. Press 1 if you heard this.
call-no-news = No news in a notice of yours. We do not know that it is over. Press 1 if you heard this.
call-over = A notice is over. Thank you for being there. Press 1 if you heard this.
call-drill = Drill. This is a test and nobody is in danger. Press 1 if you would have gone. Press 2 if you could not have.
call-supervisor-unclaimed = Notice from the 9 1 1 console. Folio { $folio } is not taken. Open the console. Press 1 if you heard this.
call-supervisor-alone = Notice from the 9 1 1 console. Folio { $folio } came and nobody is on shift. Open the console. Press 1 if you heard this.
call-thanks = Thank you. It is noted.
call-which-key = That key says nothing. Press 1 for yes. Press 2 for no.

# Letters: the subject is seen on a lock screen; neither name nor place.
mail-alarm = You have an urgent notice
mail-alarm-alias = { $who } needs you
mail-again = Urgent notice again
mail-again-alias = { $who } asked for help again
mail-call-911 = Nobody at 911 has taken this yet: call 911
mail-no-news = No news in a notice of yours; we do not know that it is over
mail-over = The notice is over. Thank you for being there
mail-drill = DRILL: this is a test, nobody is in danger
mail-frame =
    { $words }.

    Open it here:
    { $link }

    Nobody reads answers to this letter. To get no more of them, open the link of your invitation.
mail-confirm = Confirm your address
mail-confirm-text =
    Somebody gave this address to get urgent notices. If it was you, confirm it here:
    { $link }

    If it was not you, do nothing: no other letter will come, and the address is forgotten.
