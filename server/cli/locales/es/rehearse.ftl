# `ampara rehearse`: antes de empezar.
rehearse-warning = ADVERTENCIA: esto envía de verdad 4 SMS y hace { $calls } llamadas a { $number } en unos { $seconds } s, por los proveedores de estos ajustes. Cuesta lo que ellos cobran, y despierta a quien duerma junto a ese teléfono: acuérdelo antes con la persona. No se llega a ningún otro número. La mujer, su contacto y el registro son inventados, en un servidor propio que se borra al final; el verdadero sólo se lee.
rehearse-confirm = No se envió nada. Agregue --yes para empezar.
rehearse-no-municipality = no hay un municipio { $code }: `ampara municipality list` los muestra
rehearse-no-number = { $number } no es un número de teléfono: escríbalo como +52 y diez cifras
rehearse-no-texts = no puede salir ningún SMS: ponga [sms] en los ajustes y `ampara municipality { $code } --sms-sender`, y vea después `ampara doctor`
rehearse-stopped = { $number } dijo STOP y no recibe nada, tampoco una alarma: la persona debe responder START al número al que lo dijo
rehearse-interrupted = se detuvo a mano; el SMS que termina el ensayo se envió

# La velada, renglón por renglón.
rehearse-presses = una mujer inventada oprime el botón; nadie está en turno
rehearse-text = SMS a su teléfono
rehearse-call = llamada a su teléfono
rehearse-contact = su contacto, inventado: se muestra aquí y no se envía
rehearse-taken = el proveedor lo aceptó
rehearse-again = no lo aceptó ({ $cause }); se intenta otra vez
rehearse-refused = RECHAZADO: { $cause }
rehearse-see-text = → el teléfono debe mostrar el SMS en menos de un minuto
rehearse-hear-call = → el teléfono debe sonar hasta 25 s; quien contesta oye las palabras dos veces, y después se le pide una tecla
rehearse-waits = nadie toma el registro; en { $seconds } s se avisa otra vez a los supervisores
rehearse-closes = ella cierra su aviso; la velada terminó

# El veredicto.
rehearse-texts = Alarmas por SMS: el proveedor aceptó { $taken } de { $wanted }.
rehearse-texts-refused = { $cause }: vea `ampara doctor` para la cuenta y el remitente, y la página del proveedor para el código
rehearse-calls = Alarmas por llamada: el proveedor aceptó { $taken } de { $wanted }.
rehearse-calls-refused = { $cause }: vea `ampara doctor` para [voice], y la página del proveedor para el código y para llamadas a este país
rehearse-no-calls = No se hizo ninguna llamada: falta [voice] o el voice_sender del municipio. Un SMS solo despierta a pocos.
rehearse-unannounced = El SMS que empieza o termina el ensayo no se aceptó ({ $cause }): diga usted a la persona que el ensayo terminó. Vea `ampara doctor` para la cuenta y el remitente.
rehearse-works = Todo se aceptó. Pregunte ahora a quien tiene el teléfono: ¿llegó cada SMS y cada llamada? Lo que el proveedor aceptó y el teléfono no recibió está en la bitácora del proveedor.
rehearse-fails = No todo se aceptó: en una noche de verdad no se habría avisado a esta persona por todas las vías. Corrija lo de arriba y ensaye otra vez.
