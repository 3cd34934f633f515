# La aplicación del experto. $name es la persona a la que se ayuda.

# Barra de sesiones
new-session = Sesión nueva
settings = Ajustes
session-waiting = esperando a alguien
session-live = en directo
session-away = no hay nadie
session-closed = cerrada
somebody-knocks = alguien pide entrar
unread-count = { $count ->
    [one] 1 mensaje nuevo
   *[other] { $count } mensajes nuevos
}

# Primer inicio
start-title = Ayude a alguien, ahora
start-lead = Una sesión es una sala privada para usted y la persona a la que ayuda. Le basta con un navegador.
start-step-link = Usted envía un enlace
start-step-link-about = Por cualquier mensajería, como código QR o dictado.
start-step-admit = La persona pide entrar
start-step-admit-about = Usted ve un nombre y cuatro palabras, y decide.
start-step-video = Usted ve lo que ve la otra persona
start-step-video-about = Pide su cámara; la persona elige mostrarla.
start-session = Iniciar una sesión
session-default-title = { $time }, { $day }
session-title-person = { $name }, { $day }
setup-title = ¿Dónde está su punto de encuentro?
setup-lead = Es el pequeño servidor de su organización por el que usted y las personas a las que ayuda se encuentran. No puede leer nada.
setup-continue = Continuar

# Línea superior
session-title = Título
panel-open = Mostrar el panel
panel-close = Ocultar el panel
invite = Invitar
duration = Tiempo de esta llamada
link-nobody = Aún no hay nadie
link-away = Ausente
link-reaching = Conectando…
link-here = Conectado
link-direct = Directo
link-relayed = Retransmitido
link-direct-detail = Directamente de dispositivo a dispositivo
link-relayed-detail = A través del retransmisor, sellado de extremo a extremo
link-traffic-detail = { $in } kbit/s de entrada, { $out } kbit/s de salida
link-weak = La red es débil: la imagen puede dar saltos
figure-fps = { $count } fps
figure-rate = { $rate } kbit/s
figure-lost = { $percent } % perdido
lock-alone = Solo usted
lock-one = Solo usted y { $name }
lock-two = Usted, { $first } y { $second }
lock-many = Usted y otras { $count } personas
lock-one-viewers = { $viewers ->
    [one] Usted, { $name } y 1 observador
   *[other] Usted, { $name } y { $viewers } observadores
}
lock-many-viewers = { $viewers ->
    [one] Usted, otras { $count } personas y 1 observador
   *[other] Usted, otras { $count } personas y { $viewers } observadores
}
lock-alarm = La lista de miembros está en duda
lock-open-words = Comparar las cuatro palabras
lock-open-people = Ver quién está aquí
words-title = Cuatro palabras compartidas con { $name }
words-lead = { $name } vio las mismas palabras al pedir entrar. Léanlas por teléfono para asegurarse de que no hay nadie en medio.
words-if-not = Si son distintas, cierre la sesión e inicie otra.
four-words = Cuatro palabras: { $words }

# Escenario
no-link-title = Invite a alguien
no-link-lead = Cree un enlace y envíelo a la persona a la que quiere ayudar.
send-title = Envíe este enlace
send-lead = Quien lo abra llega a un chat con usted y pide entrar. Usted decide.
send-again-title = Esperando a que alguien abra el enlace
send-again-lead = Se le avisará en cuanto pida entrar. Mientras tanto puede dejar esta ventana.
link = Enlace
copy-link = Copiar enlace
copied-link = Enlace copiado. Ahora envíelo.
invite-other = Otros tipos…
qr-name = Código QR del enlace
ready-title = { $name } está aquí
ready-lead = Pida ver lo que ve. Recibirá una pregunta y decidirá.
ask-video = Pedir vídeo
ask-again = Pedir otra vez
asked-title = Se ha preguntado a { $name }
asked-lead = Esperando la respuesta. Mientras tanto puede escribir.
declined-title = { $name } ha dicho: ahora no
declined-lead = Explique en una línea para qué sirve y pídalo otra vez.
stopped-title = { $name } ha detenido el vídeo
stopped-lead = Pídalo otra vez cuando necesite ver más.
denied-title = La cámara no está permitida
denied-lead = El navegador de { $name } no deja que la página la use. La página le enseña cómo permitirla; después pídalo otra vez.
no-camera-title = No se encontró ninguna cámara
no-camera-lead = Parece que el dispositivo de { $name } no tiene, o está apagada.
camera-busy-title = La cámara está ocupada
camera-busy-lead = La usa otra aplicación. Pida a { $name } que la cierre y pídalo otra vez.
camera-lost-title = La cámara ha desaparecido
camera-lost-lead = Se desconectó o la tomó otra cosa. Pídalo otra vez cuando { $name } esté listo.
unreadable-title = No se puede mostrar la imagen
unreadable-lead = El dispositivo de { $name } la envía en una forma que esta aplicación no conoce. Otro navegador puede ayudar.
reaching-title = Conectando con { $name }…
reaching-lead = Se está creando o reparando la conexión. Tarda unos segundos.
away-title = { $name } no está
away-lead = Lo que escriba estará aquí cuando { $name } vuelva por el mismo enlace.
away-not-verified = El otro extremo no pudo demostrar que es { $name }, así que no se le mostró nada. Pida a { $name } que abra la página de nuevo.
away-no-path = No se encontró camino entre las dos redes. Pida a { $name } que pruebe otra red, por ejemplo datos móviles.
away-misbehaved = La página de { $name } envió algo indebido y se cerró la conexión. Pídale que la recargue.
first-picture = { $name } muestra la cámara…
picture-of = En directo: lo que ve { $name }
closed-title = Esta sesión está cerrada
closed-lead = Aquí se puede seguir leyendo. Inicie otra para volver a ayudar.
fit-whole = Imagen completa
fit-fill = Llenar el escenario
fit-actual = 100 %
full-screen = Pantalla completa (F11)
full-screen-leave = Salir de pantalla completa (Esc)

# Quien pide entrar
knock-title = { $name } pide entrar
knock-words-hint = { $name } ve las mismas palabras. Compárenlas por teléfono si quiere estar seguro.
knock-gone = { $name } se ha ido; lo que decida estará aquí cuando vuelva.
knock-deciding = Un momento…
admit = Admitir
admit-person = Admitir a { $name }
refuse = Rechazar
write = Escribir
you = Usted
waiting-now = ahora mismo
waiting-minutes = { $count ->
    [one] hace 1 minuto
   *[other] hace { $count } minutos
}

# Chat
tab-chat = Chat
tab-people = Personas
chat-members = Sesión
chat-with = Chat con { $name }
chat-field = Mensaje
chat-hint = Mensaje…
chat-hint-person = Escriba a { $name }…
chat-hint-nobody = Escriba a quien vaya a entrar…
chat-empty = Aún no hay nada escrito. Salude.
chat-empty-nobody = Lo que escriba aquí espera a quien usted deje entrar.
chat-empty-waiting = Solo usted y { $name } ven lo que se escribe aquí. Pueden hablar antes de que decida.
chat-closed = La sesión está cerrada.
chat-new = Nuevo
chat-newest = Al mensaje más reciente
chat-length = { $length } de { $most } caracteres
chat-too-long = { $length } de { $most } caracteres: acórtelo
send = Enviar
copy-text = Copiar texto
copied-text = Texto copiado.
note-joined = { $name } ha entrado
note-left = { $name } se ha ido
note-other = { $name } estuvo aquí

# Personas y enlaces
people-waiting = Pide entrar
people-members = En esta sesión
people-links = Enlaces
people-no-links = Aún no hay enlaces. Un enlace permite que alguien pida entrar.
person-you = { $role } · usted
invite-title = Enlace nuevo
invite-lead = Quien lo abra puede pedir entrar con esta función.
invite-role = Función
role-operator-about = Recibe ayuda: muestra la cámara, escribe, marca.
role-expert-about = Ayuda con usted: ve y hace lo mismo, pero no puede terminar la sesión.
role-viewer-about = Mira y lee, nunca escribe.
invite-how-many = Para
uses-one = Una persona
uses-five = Hasta cinco
uses-any = Sin límite
invite-how-long = Sirve durante
valid-hour = 1 hora
valid-day = 1 día
valid-week = 7 días
invite-auto = Admitir sin preguntarme
invite-auto-why-not = Solo puede hacerlo un enlace para un operador u observador.
invite-make = Crear un enlace
invite-made = Aquí está su enlace
invite-uses = { $count ->
    [one] para una persona
   *[other] para { $count } personas
}
invite-uses-any = sin límite de personas
invite-open = Sirve durante { $left } más
invite-open-used = Entraron { $used } · sirve durante { $left } más
invite-pending = Servirá cuando responda el punto de encuentro
invite-pending-long = Ahora no se llega al punto de encuentro. El enlace servirá en cuanto responda.
invite-used-up = Usado
invite-expired = Caducado
invite-revoked = Retirado
invite-auto-short = admite solo
invite-ask-short = Se le pregunta antes
invite-revoke = Retirar
invite-revoked-done = El enlace se ha retirado.
revoke-title = ¿Retirar este enlace?
revoke-lead = Ya nadie podrá entrar con él. Quien ya está dentro se queda.
close-session = Cerrar sesión
close-session-title = ¿Cerrar esta sesión para todos?
close-session-lead = Ya nadie podrá escribir ni mostrar nada. Aquí se podrá seguir leyendo.

# Ajustes
settings-name = Su nombre
settings-name-hint = Como le conocen las personas a las que ayuda
settings-name-about = Lo ven las personas a las que ayuda, por ejemplo «Ana quiere ayudarle».
settings-language = Idioma
settings-theme = Aspecto
theme-dark = Oscuro
theme-light = Claro
settings-motion = Reducir el movimiento
settings-rendezvous = Dirección del punto de encuentro
settings-rendezvous-hint = https://ayuda.example.org
settings-rendezvous-wrong = Una dirección es como https://ayuda.example.org o https://10.0.0.5:8443
settings-trust = Certificados
trust-first-use = Recordar el primero
trust-system = Solo el sistema
trust-first-use-about = Un certificado propio se recuerda cuando se ve por primera vez, y se le pregunta si cambia. Vale desde el próximo inicio.
trust-system-about = Solo los certificados en los que este equipo ya confía. Vale desde el próximo inicio.
rendezvous-online = Conectado
rendezvous-connecting = Conectando…
rendezvous-offline = Ahora no se llega
rendezvous-unset = Sin indicar
rendezvous-certificate = Su certificado necesita su decisión
save = Guardar
cancel = Cancelar
back = Volver
close = Cerrar
settings-saved = Ajustes guardados.
open-settings = Abrir ajustes

# Problemas: qué pasó y qué hacer
problem-unset = No se ha indicado ningún punto de encuentro.
problem-unset-do = Las sesiones se pueden leer, pero no puede entrar nadie nuevo. Indique la dirección de su organización.
offline-name-unknown = No se encuentra el nombre del punto de encuentro.
offline-name-unknown-do = Compruebe la conexión a internet de este equipo y la dirección. Las llamadas en curso siguen.
offline-unreachable = El punto de encuentro no responde.
offline-unreachable-do = Se intenta todo el tiempo. Las llamadas en curso siguen; podrá entrar gente nueva cuando responda.
offline-not-sightline = En esta dirección hay otra cosa, no un punto de encuentro.
offline-not-sightline-do = Compruebe la dirección con quien lo administra.
offline-tls = No es posible una conexión segura con el punto de encuentro.
offline-tls-do = Puede que algo en medio interfiera o que su certificado esté mal. Pregunte a quien lo administra.
offline-lost = El punto de encuentro ha desaparecido.
offline-lost-do = Se intenta todo el tiempo. Las llamadas en curso siguen; podrá entrar gente nueva cuando vuelva.
problem-certificate-changed = { $host } muestra otro certificado que antes.
problem-certificate-unknown = { $host } muestra un certificado que nadie avala.
problem-certificate-do = Pregunte a quien lo administra si esta huella es correcta. Hasta que confíe en ella no se envía nada.
trust-certificate = Confiar
certificate-trusted = Se confía en el certificado desde ahora.
problem-disk-full = El disco está lleno.
problem-disk-full-do = No se guarda ni se confirma nada nuevo hasta que haya sitio. Libere espacio; la aplicación sigue sola.
problem-disk-failed = El disco se niega a guardar.
problem-disk-failed-do = Compruebe que se puede escribir en la carpeta. Hasta entonces no se confirma nada nuevo.
problem-store-damaged = { $count ->
    [one] No se pudo leer un lugar de la sesión guardada «{ $title }».
   *[other] No se pudieron leer { $count } lugares de la sesión guardada «{ $title }».
}
problem-store-damaged-do = Todo lo demás está. Lo que aún tengan los demás vuelve cuando se conecten.
problem-session-unreadable = No se pudo abrir una sesión guardada.
problem-session-unreadable-do = Su archivo se conserva tal cual. Copie la ruta de la carpeta y pida ayuda con el archivo.
problem-clock = El reloj de este equipo saltó hacia atrás.
problem-clock-do = Los enlaces pueden parecer válidos más o menos tiempo del real. Compruebe la fecha y la hora.
problem-alarm = Se firmaron dos listas de miembros distintas con su clave.
problem-alarm-do = Aquí no se admite a nadie más. Inicie otra sesión e invite de nuevo a las personas.
copy-path = Copiar ruta
copied-path = Ruta copiada.
understood = Entendido
dismiss = Apartar

# Lo que no se pudo hacer
error-busy = Demasiado a la vez. Inténtelo otra vez.
error-title = El título está vacío o es demasiado largo.
error-not-stored = No se pudo guardar en este equipo. Compruebe el disco e inténtelo otra vez.
error-too-many-sessions = Hay tantas sesiones como caben en esta aplicación.
error-stopped = La aplicación se está cerrando.
error-auto-not-allowed = Solo un enlace para un operador u observador puede admitir solo.
error-role-not-allowed = No se puede invitar a nadie con esta función.
error-validity-not-allowed = Un enlace no puede servir tanto tiempo.
error-no-rendezvous = Aún no hay punto de encuentro. Indique su dirección en los ajustes.
error-too-many-invites = Hay demasiados enlaces abiertos. Retire alguno antes.
error-session-closed = La sesión está cerrada.
error-unknown-session = Esa sesión ya no existe.
error-unknown-invite = Ese enlace ya no existe.
error-unknown-knock = Esta persona ya no pide entrar.
error-link-used-up = El enlace se usó tantas veces como se podía. Cree otro.
error-link-expired = El plazo del enlace terminó. Cree otro.
error-link-revoked = El enlace se retiró. Cree otro.
error-roster-alarm = No se puede admitir a nadie mientras la lista de miembros esté en duda. Inicie otra sesión.
error-message-empty = No hay nada que enviar.
error-message-too-long = El mensaje es demasiado largo. Acórtelo o envíelo en partes.
error-not-allowed = Su función no lo permite.
error-unknown-peer = Esta persona ya no está en la sesión.
error-not-here = Esta persona no está ahora. Pídalo cuando vuelva.
error-setting-malformed = Este valor no sirve. Compruébelo y guarde otra vez.

# Lo que impide el inicio
error-home-in-use = Sightline ya está abierto con esta carpeta. Use la ventana abierta o inicie con otra carpeta (--home).
error-home = No se puede usar la carpeta { $path }: { $reason }. Elija otra con --home.
error-identity-damaged = El archivo «identity» de { $path } está dañado. Es su identidad y nunca se sustituye solo: recupérelo de una copia, o apártelo para empezar como alguien nuevo.
error-rendezvous-address = «{ $address }» no es la dirección de un punto de encuentro. Es como https://ayuda.example.org
error-certificate-file = El archivo { $path } no contiene ningún certificado legible.
error-system = El sistema niega lo que la aplicación necesita: { $reason }
error-no-display = No se encontró ninguna pantalla para abrir una ventana. Inicie con --headless para funcionar sin ella.
error-no-window = No se pudo abrir la ventana: { $reason }. Inicie con --headless para funcionar sin ella.

# Archivos
tab-files = Archivos
tab-steps = Pasos
tab-notes = Notas
files-send = Enviar archivos
files-send-folder = Enviar una carpeta
files-send-to = A { $name }
files-share = Compartir un documento: ver sus páginas juntos
files-documents = Documentos
files-to-all = todos los de la sesión
files-empty = Aún no hay archivos. Envíe alguno o suéltelo en cualquier parte de esta ventana.
files-drop = Suelte aquí para enviar a { $name }
files-on-their-way = Preparando el envío.
files-pasted-name = Imagen { $time }.png
files-not-now = Aquí no se puede enviar nada: usted solo puede mirar, o la sesión está cerrada.
files-no-dialog = Este sistema no puede abrir un diálogo de archivos. Suelte los archivos en la ventana.
files-limit = Hasta { $size } por archivo
files-too-large = { $more ->
    [0] «{ $name }» ocupa { $size }; aquí un archivo puede ocupar { $limit } como máximo. No se ha enviado. Redúzcalo o divídalo.
    [one] «{ $name }» ocupa { $size }; aquí un archivo puede ocupar { $limit } como máximo. No se han enviado ni él ni 1 más. Redúzcalos o divídalos.
   *[other] «{ $name }» ocupa { $size }; aquí un archivo puede ocupar { $limit } como máximo. No se han enviado ni él ni { $more } más. Redúzcalos o divídalos.
}
files-save-all = Guardar todo
files-save-where = Elija una carpeta donde guardar
files-saved = { $count ->
    [one] Guardado en { $folder }
   *[other] { $count } archivos guardados en { $folder }
}
files-export = Exportar
files-exported = Exportado a { $folder }
file-part = { $have } de { $size }
file-speed = { $speed }/s
file-left-seconds = faltan { $count } s
file-left-minutes = faltan { $count } min
file-left-hours = faltan { $count } h
file-page-count = { $count ->
    [one] 1 página
   *[other] { $count } páginas
}
file-here = Aquí
file-paused = En pausa con { $have }
file-waiting = Esperando a quien lo tenga
file-offered = Sin descargar
file-moving = En marcha
file-refused = No se puede conseguir
file-refused-too-large = Más grande de lo permitido aquí
file-refused-no-room = No hay sitio en el disco de este ordenador
file-refused-disk = El disco de este ordenador lo rechaza
file-coming = Un archivo
file-coming-about = En camino
file-look = Verlo
file-pages = Ver sus páginas
file-fetch = Descargar
file-pause = Pausar
file-resume = Continuar
file-cancel = Detener la transferencia
file-cancel-title = ¿Detener esta transferencia?
file-cancel-lead = Lo que ha llegado hasta ahora se desecha. Si lo descarga después, empezará desde el principio.
file-save = Guardar…
file-board = Dibujar encima
file-hide = Quitar de la lista
file-hide-title = ¿Quitar este archivo de la lista?
file-hide-lead = Nadie lo verá ya en la lista. Quien lo haya guardado lo conserva.
file-more = Más sobre { $name }
shown-to-all = Se ha pedido a todos que lo miren.
session-export = Exportar
session-export-title = Exportar esta sesión
session-export-lead = En una carpeta nueva dentro de { $folder } se guardan el chat, las pizarras, los archivos que están aquí y el registro firmado que prueba quién escribió qué.
session-export-notes = Con las notas que solo ven los expertos

# Pasos
steps-new = Lista nueva
steps-load = Cargar de un archivo
steps-empty = Aún no hay listas. Escriba una, y las personas a las que ayuda verán un paso grande cada vez.
steps-title = Título de la lista
steps-title-hint = ¿Para qué es?
steps-lines = Pasos
steps-lines-hint = Un paso en cada línea. También se puede pegar una lista de tareas en Markdown.
steps-count = { $count ->
    [0] Aún sin pasos
    [one] 1 paso
   *[other] { $count } pasos
}
steps-too-many = { $count } pasos; una lista puede tener { $most }. Haga dos de ella.
steps-too-long = El paso { $step } es demasiado largo: { $most } caracteres como máximo.
steps-publish = Publicar
steps-untitled = Lista
steps-progress = { $done } de { $total } hechos
steps-failed-count = { $count ->
    [one] 1 no funciona
   *[other] { $count } no funcionan
}
steps-show = Mostrar a todos
steps-more = Más sobre { $title }
steps-remove = Quitar
steps-remove-title = ¿Quitar esta lista?
steps-remove-lead = Desaparece para todos. Lo marcado queda en el registro de la sesión.
steps-template-too-large = Este archivo es demasiado grande para una lista.
steps-template-no-text = Este archivo no es texto. Una lista es un archivo de texto con un paso en cada línea, o una lista de Markdown.
steps-template-empty = En este archivo no hay pasos.
step-open = Pendiente
step-done = Hecho
step-failed = No funciona
step-set = Paso { $step }: marcar como «{ $state }»
step-more = Más sobre el paso { $step }
step-note = Escribir una nota
step-photo = Foto del paso { $step }

# Notas y textos compartidos
notes-private = Privadas
notes-texts = Textos comunes
notes-only-experts = Solo los expertos ven esto
notes-search = Buscar en las notas
notes-none-found = Ninguna nota tiene esas palabras.
notes-empty = Aún no hay notas. Lo que escriba aquí se queda con la sesión, y las personas a las que ayuda no lo ven nunca.
notes-new = Nota nueva
notes-new-hint = Escriba una nota…
notes-add = Añadir nota
notes-edit = Editar
notes-remove = Quitar
notes-remove-title = ¿Quitar esta nota?
notes-remove-lead = Ningún experto la verá ya.
notes-more = Más sobre la nota { $about }
notes-too-long = La nota es demasiado larga. Haga dos de ella.
text-new = Texto nuevo
text-title = Título del texto
text-title-hint = ¿De qué trata?
text-untitled = Texto
text-empty = Aún no hay textos compartidos. Todos los de la sesión escriben en ellos a la vez: una lista de piezas, un informe.
text-field = Texto compartido
text-hint = Todos los de la sesión pueden escribir aquí.
text-close = Volver a la lista
text-show = Mostrar a todos
text-saved = Todos tienen lo que usted ve
text-saving = Enviando…
text-cursor = { $name } está aquí en el texto

# Lo que no se pudo hacer con ellos
error-unknown-board = Esa pizarra ya no existe.
error-unknown-stroke = Ese dibujo ya no está.
error-no-picture = Ahora mismo no hay imagen.
error-not-a-picture = No es una imagen que se pueda mostrar aquí, o es demasiado grande.
error-board-full = La pizarra está llena. Empiece otra.
error-nothing-to-undo = No hay nada que deshacer.
error-unknown-file = Ese archivo ya no existe.
error-file-unreadable = No se puede leer el archivo. Compruebe que sigue ahí y que puede abrirlo.
error-file-changed = El archivo cambió mientras se leía. Envíelo otra vez.
error-file-empty = El archivo está vacío. No hay nada que enviar.
error-file-too-large = Un archivo es más grande de lo permitido aquí. Redúzcalo o divídalo.
error-too-many-files = La sesión tiene tantos archivos como caben. Quite primero alguno de la lista.
error-no-room = No hay sitio para ello. Libere espacio o elija otro lugar.
error-file-not-here = El archivo aún no está aquí. Inténtelo de nuevo cuando haya llegado.
error-not-a-document = Esto no se puede mostrar como páginas. Se puede con PDF, imágenes, texto y Markdown. Aun así puede enviarse como archivo.
error-unknown-entry = Eso ya no está.
error-unknown-text = Ese texto ya no existe.
error-empty = Aún no hay nada en ello.
error-too-long = Es demasiado largo. Acórtelo o haga dos.

# Documentos en el escenario
pages-title = Documento: { $title }
pages-count = Página { $page } de { $pages }
pages-picture = Página { $page } de { $title }
pages-back = Página anterior
pages-on = Página siguiente
pages-wide = Todo el ancho
pages-whole = La página entera
pages-together = Pasar juntos
pages-draw = Dibujar en esta página
pages-board-title = { $title }, página { $page }
pages-close = Cerrar el documento
pages-coming = Esta página está en camino…
pages-refused = Esta página no se puede mostrar.

# Pizarras: imágenes sobre las que dibujar
freeze = Congelar
freeze-about = Detener la imagen y dibujar sobre ella (F o D)
photo = Foto
photo-about = Pedir una foto a plena resolución (P)
photo-instead = Pedir una foto
photo-asked = Se pide una foto a { $name }. Se abrirá aquí en cuanto llegue.
photo-refused = No llegó ninguna foto: el dispositivo de { $name } no puede hacerla o dijo que no.
point = Señalar
point-about = Mostrar a los demás dónde señala (V)
board-came = Una imagen nueva de { $name }
board-shown = Ahora ven esta imagen.
board-show = Mostrar a { $name }
board-by = { $name }, { $time }
board-untitled = Imagen, { $time }
board-picture = { $title }, { $count ->
    [one] 1 marca
   *[other] { $count } marcas
}
board-opening = Abriendo la imagen…
board-arriving = La imagen está en camino…
board-too-large = Esta imagen es demasiado grande para mostrarla.
board-no-picture = Este archivo no es una imagen que se pueda mostrar.
board-rename = Cambiar el nombre
board-compare = Comparar con otra imagen
board-export = Guardar como archivo de imagen, con todo lo dibujado
board-exported = Guardado: { $path }
board-back = Cámara
compare-pick = Elija abajo con qué comparar
compare-leave = Dejar de comparar
compare-beside = Una al lado de la otra
compare-over = Una sobre la otra
compare-divider = Línea divisoria: arrástrela
export-title = Guardar esta imagen con todo lo dibujado
strip-live = En vivo: { $name }
tool-look = Mover y ampliar
tool-point = Señalar (V)
tool-pen = Dibujar a mano (D)
tool-arrow = Flecha
tool-rectangle = Rectángulo
tool-ellipse = Elipse
tool-text = Escribir
tool-text-field = Palabras sobre la imagen
tool-mark = Número
tool-dot = Punto
tool-erase = Borrar trazos enteros
ink-red = Rojo
ink-yellow = Amarillo
ink-green = Verde
ink-blue = Azul
ink-white = Blanco
width-thin = Fino
width-medium = Medio
width-thick = Grueso
undo = Deshacer (Ctrl+Z)
redo = Rehacer (Ctrl+Mayús+Z)
error-picture-not-here = La imagen aún no está en este ordenador. Inténtelo de nuevo cuando haya llegado.
error-not-exported = No se pudo guardar ahí. Elija otra carpeta u otro nombre.
