# `ampara demo`: la historia, renglón por renglón. Lo de la izquierda tiene lugar para 30 letras.
demo-stage = Preparando la escena en { $folder } …
demo-code-used = El código de { $name } se acaba de usar; se espera el siguiente …
demo-presses = { $name } oprime el botón. En su teléfono no se ve nada.
demo-has-it = el servidor lo tiene
demo-has-it-now = en el disco; se avisa a { $total } contactos
demo-by = { $name }, por { $over }
demo-over-app = app
demo-over-sms = SMS
demo-over-call = llamada
demo-nothing-seen = no se ve nada; la app se entera
demo-she-sees = el teléfono de ella puede decir
demo-she-sees-now = llegó a { $reached } de { $total }
demo-queue-before = la cola del 911, antes de tomar
demo-summary = { $folio } · { $priority } · { $kind } · { $place } · ni nombre ni número
demo-no-place = aún sin lugar
demo-about = cerca de { $cell }
demo-walks = ella camina una cuadra
demo-walks-now = se espera el siguiente lugar en { $seconds } s
demo-claims = Olga lo toma, y ahora lee
demo-claims-place = { $lat }, { $lon } a { $metres } m
demo-answers = Beatriz contesta
demo-answers-now = "voy en camino"; eso no calla a los demás ni al 911
demo-unit = Olga envía unidad; su teléfono
demo-unit-now = 911: { $state }
demo-on-scene = la unidad está con ella
demo-closes = ella cierra su aviso
demo-proposes = Olga propone cerrar
demo-proposes-now = a menos de un minuto de tomarlo hace falta otra persona
demo-confirms = Saúl confirma: cerrado
demo-confirms-now = quién leyó qué está en la bitácora: `ampara audit verify`

# Después de la historia: lo que llega, y qué probar.
demo-your-phone = su teléfono
demo-refused = FCM no lo aceptó: { $cause }
demo-queue = la cola del 911: { $state }
demo-queue-now = nivel { $level } · { $summary }
demo-clock = el reloj avanza
demo-goes-on = Ampara sigue en servicio en { $base }. Qué probar ahora:
demo-try-press = 1. Ana oprime otra vez, y aquí se ve:
demo-try-sign-in = 2. { $name } entra en el centro del 911:
demo-try-token = 3. Tokens nuevos, de ana, beatriz, carmen, olga o saul:
demo-try-step = Para ver qué trae un minuto sin respuesta: lo mismo con `step 60s` en lugar de `token ana`.
demo-pages = Las páginas de la API: { $base }/docs
demo-codes = Un teléfono entra con uno de los números inventados, +52 614 555 01 y dos cifras (Ana es 01), y el código 000000.
demo-authenticator = Para una app autenticadora (inventado, sólo para esta máquina):
demo-stop = Para detenerlo: Ctrl-C.
demo-stepped = El reloj de la demostración avanzó { $seconds } s.

# Qué está mal, y qué hacer.
demo-bind-elsewhere = las entradas de la demostración están a la vista en la pantalla: --bind sólo acepta una dirección de esta máquina, y --lan la abre a la red local
demo-port-taken = otro programa escucha en { $address }: deténgalo, o elija otro puerto con `--bind 127.0.0.1:8090`
demo-none = no hay demostración en { $folder }: arranque primero `ampara demo`
demo-not-running = no corre ninguna demostración en { $folder }: arranque primero `ampara demo`
demo-no-answer = la demostración no contesta: ¿está corriendo, y en ese --bind?
demo-people = las personas de la demostración son ana, beatriz, carmen, olga y saul

# `--lan`.
demo-lan-warning = ADVERTENCIA: toda persona en esta red puede usar la demostración, sin TLS. Sus personas, entradas y códigos
demo-lan-made-up = están en esta pantalla. Son inventados: no ponga en ella nombres, números ni lugares reales.
demo-lan-address = Los teléfonos llegan a ella en { $base }.
demo-lan-none = esta máquina no está en ninguna red: únase a una, o quite --lan

# `--fcm`.
demo-fcm = Los push de { $app } salen de verdad, por FCM. Todo lo demás se queda en esta máquina.
