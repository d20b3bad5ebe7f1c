# A drill that became an alarm, to a contact who had been told that it is a drill.
lock-no-drill = Esto ya NO es un simulacro. Abre la app.
sms-no-drill = Esto ya NO es un simulacro. Abre para ver quien y como ayudar: { $link }
call-no-drill = Esto ya no es un simulacro. Mira tus mensajes para saber quién te necesita. Marca 1 si vas. Marca 2 si no puedes.
mail-no-drill = Esto ya NO es un simulacro
