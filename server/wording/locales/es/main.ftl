# Pantalla bloqueada: ni nombre ni lugar. {who} es el alias acordado, si lo hay.
lock-alarm = Tienes un aviso urgente
lock-alarm-alias = { $who } te necesita. Abre la app.
lock-again = Aviso urgente otra vez
lock-again-alias = { $who } volvió a pedir ayuda. Abre la app.
lock-call-911 = Nadie en el 911 ha tomado este aviso: llama al 911
lock-no-news = Sin noticias en un aviso tuyo. Abre la app.
lock-over = Un aviso terminó. Abre la app.
lock-drill = SIMULACRO: es una prueba, nadie corre peligro

# SMS: letras de GSM-7.
sms-alarm = Tienes un aviso urgente. Quien y como ayudar: { $link } Responde 1 si vas, 2 si no puedes
sms-alarm-alias = { $who } te necesita. Abre: { $link } Responde 1 si vas, 2 si no puedes
sms-again = Aviso urgente otra vez. Abre: { $link } Responde 1 si vas, 2 si no puedes
sms-again-alias = { $who } pide ayuda otra vez { $link } Responde 1 si vas, 2 si no puedes
sms-call-911 = Nadie en el 911 ha tomado este aviso. Llama al 911. { $link }
sms-no-news = Sin noticias en un aviso tuyo. No sabemos si termino. { $link }
sms-over = El aviso termino. Gracias por estar. { $link }
sms-drill = SIMULACRO. Es una prueba, nadie corre peligro. { $link }
sms-how-to-answer = No entendimos tu respuesta. Responde 1 si vas, 2 si no puedes. Si hay peligro, llama al 911.
sms-which-alert = Tienes varios avisos: { $list }. Responde 1 y la letra si vas, 2 y la letra si no puedes. Por ejemplo: 1A
alert-of = aviso de las { $at }
sms-sign-in = { $code } es tu clave para entrar. Nadie te la va a pedir.
sms-invitation = { $who } quiere que seas su contacto de confianza. Conoce y decide: { $link } STOP para no recibir mas.
sms-supervisor-unclaimed = 911: folio { $folio } sin tomar. Entra a la consola.
sms-supervisor-alone = 911: folio { $folio } y nadie en turno. Entra a la consola.

# Llamadas: se leen dos veces en voz alta; ni nombre ni lugar. Terminan con lo que hay que marcar.
call-alarm = Aviso urgente. Alguien que confía en ti pide ayuda. Mira tus mensajes para saber quién. Marca 1 si vas. Marca 2 si no puedes.
call-alarm-alias = Aviso urgente. { $who } te necesita. Mira tus mensajes para saber cómo ayudar. Marca 1 si vas. Marca 2 si no puedes.
call-again = Aviso urgente otra vez. Alguien que confía en ti volvió a pedir ayuda. Mira tus mensajes para saber quién. Marca 1 si vas. Marca 2 si no puedes.
call-again-alias = Aviso urgente otra vez. { $who } volvió a pedir ayuda. Mira tus mensajes. Marca 1 si vas. Marca 2 si no puedes.
call-call-911 = Nadie en el 9 1 1 ha tomado un aviso urgente que recibiste. Llama al 9 1 1. Marca 1 si escuchaste.
call-no-news = Sin noticias en un aviso tuyo. No sabemos si terminó. Marca 1 si escuchaste.
call-over = Un aviso terminó. Gracias por estar. Marca 1 si escuchaste.
call-drill = Simulacro. Esto es una prueba y nadie corre peligro. Marca 1 si habrías ido. Marca 2 si no habrías podido.
call-supervisor-unclaimed = Aviso de la consola del 9 1 1. El folio { $folio } sigue sin tomar. Entra a la consola. Marca 1 si escuchaste.
call-supervisor-alone = Aviso de la consola del 9 1 1. El folio { $folio } llegó y no hay nadie en turno. Entra a la consola. Marca 1 si escuchaste.
call-thanks = Gracias. Quedó anotado.
call-which-key = Esa tecla no es una respuesta. Marca 1 para sí. Marca 2 para no.

# Correo: el asunto se ve en la pantalla bloqueada; ni nombre ni lugar.
mail-alarm = Tienes un aviso urgente
mail-alarm-alias = { $who } te necesita
mail-again = Aviso urgente otra vez
mail-again-alias = { $who } volvió a pedir ayuda
mail-call-911 = Nadie en el 911 ha tomado este aviso: llama al 911
mail-no-news = Sin noticias en un aviso tuyo; no sabemos si terminó
mail-over = El aviso terminó. Gracias por estar
mail-drill = SIMULACRO: es una prueba, nadie corre peligro
mail-frame =
    { $words }.

    Ábrelo aquí:
    { $link }

    Nadie lee las respuestas a este correo. Para dejar de recibirlo, abre el enlace de tu invitación.
mail-confirm = Confirma tu correo
mail-confirm-text =
    Alguien dio esta dirección para recibir avisos urgentes. Si fuiste tú, confírmalo aquí:
    { $link }

    Si no fuiste tú, no hagas nada: no te llegará otro correo y la dirección se olvida.
