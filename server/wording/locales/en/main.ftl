# Lock screen: neither name nor place. {who} is the agreed alias, if there is one.
lock-alarm = You have an urgent alert
lock-alarm-alias = { $who } needs you. Open the app.
lock-again = Urgent alert again
lock-again-alias = { $who } asked for help again. Open the app.
lock-call-911 = Call 911. No operator has taken this alert yet.
lock-no-news = No news about an alert you received. Open the app.
lock-over = An alert is over. Open the app.
lock-drill = DRILL: this is a test, no one is in danger

# SMS: characters of GSM-7.
sms-alarm = You have an urgent alert. See who and how to help: { $link } Reply 1 if you're going, 2 if not
sms-alarm-alias = { $who } needs you. Open: { $link } Reply 1 if you're going, 2 if not
sms-again = Urgent alert again. Open: { $link } Reply 1 if you're going, 2 if not
sms-again-alias = { $who } needs help again { $link } Reply 1 if you're going, 2 if not
sms-call-911 = Call 911. No operator has taken this alert yet. { $link }
sms-no-news = No news about an alert you received. We do not know if it is over. { $link }
sms-over = The alert is over. Thank you for being there. { $link }
sms-drill = DRILL. This is a test, no one is in danger. { $link }
sms-how-to-answer = We did not understand your reply. Reply 1 if you are going, 2 if you can't. If there is danger, call 911.
sms-which-alert = You have several alerts: { $list }. Reply 1 and the letter if you are going, 2 and the letter if you can't. For example: 1A
alert-of = alert of { $at }
sms-sign-in = { $code } is your sign-in code. No one will ask you for it.
sms-invitation = { $who } wants you as a trusted contact. Read and decide: { $link } STOP to opt out.
sms-supervisor-unclaimed = 911: record { $folio } has not been claimed. Open the console.
sms-supervisor-alone = 911: record { $folio } came in and no operator is on shift. Open the console.

# Calls: read out twice; neither name nor place. They end with what to press.
call-alarm = Urgent alert. A person who trusts you is asking for help. Check your messages to see who. Press 1 if you are going. Press 2 if you cannot.
call-alarm-alias = Urgent alert. { $who } needs you. Check your messages to see how to help. Press 1 if you are going. Press 2 if you cannot.
call-again = Urgent alert again. A person who trusts you is asking for help again. Check your messages to see who. Press 1 if you are going. Press 2 if you cannot.
call-again-alias = Urgent alert again. { $who } asked for help again. Check your messages. Press 1 if you are going. Press 2 if you cannot.
call-call-911 = Call 9 1 1. No operator has taken an urgent alert that you received. Press 1 if you heard this.
call-no-news = No news about an alert you received. We do not know if it is over. Press 1 if you heard this.
call-over = An alert is over. Thank you for being there. Press 1 if you heard this.
call-drill = Drill. This is a test and no one is in danger. Press 1 if you would have gone. Press 2 if you could not have.
call-supervisor-unclaimed = Message from the 9 1 1 console. Record { $folio } has not been claimed. Open the console. Press 1 if you heard this.
call-supervisor-alone = Message from the 9 1 1 console. Record { $folio } came in and no operator is on shift. Open the console. Press 1 if you heard this.
call-thanks = Thank you. Your answer is recorded.
call-which-key = That key is not an answer. Press 1 for yes. Press 2 for no.

# Emails: the subject is seen on a lock screen; neither name nor place.
mail-alarm = You have an urgent alert
mail-alarm-alias = { $who } needs you
mail-again = Urgent alert again
mail-again-alias = { $who } asked for help again
mail-call-911 = Call 911. No operator has taken this alert yet
mail-no-news = No news about an alert you received; we do not know if it is over
mail-over = The alert is over. Thank you for being there
mail-drill = DRILL: this is a test, no one is in danger
mail-frame =
    { $words }.

    Open it here:
    { $link }

    Replies to this email are not read. To stop these emails, open the link in your invitation.
mail-confirm = Confirm your address
mail-confirm-text =
    This address was given to receive urgent alerts. If you gave it, confirm it here:
    { $link }

    If you did not, do nothing: you will get no other email, and the address is deleted.
