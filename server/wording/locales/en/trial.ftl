# A trial that ops ask for (ampara doctor).
lock-trial = Ampara test. You do not have to do anything.
sms-trial = Ampara test: this message arrived. You do not have to do anything.
call-trial = This is a test of Ampara. No one is in danger. Press 1 if you heard it.
# The drill that ops ask for (ampara rehearse): before the first alarm of the drill, and after the last.
sms-rehearsal-begins = Ampara DRILL: in the next minutes you get test alarms from 911. No one is in danger. Tell the organiser if one does not arrive.
sms-rehearsal-ends = End of the Ampara DRILL. Any alarm after this is real.
