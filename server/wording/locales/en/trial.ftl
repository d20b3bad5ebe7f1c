# A trial that ops ask for (ampara doctor).
lock-trial = Ampara test. You do not have to do anything.
sms-trial = Ampara test: this message arrived. You do not have to do anything.
call-trial = This is a test of Ampara. No one is in danger. Press 1 if you heard it.
