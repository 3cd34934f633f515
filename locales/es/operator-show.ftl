# La página del operador, palabras que una llamada no necesita antes de empezar: lo mostrado, la cámara.
# Palabras sencillas para una persona con prisa; $name es quien muestra o pregunta.

# Tarjetas
card-back-camera = Cámara
card-back-chat = Chat
card-back-camera-label = Volver a la cámara
card-back-chat-label = Volver al chat
card-all = Todo lo mostrado
picture-coming = La imagen está en camino…
picture-bad = Esta imagen no se puede mostrar aquí.
picture-enlarge = Ampliar
picture-whole = Imagen entera
said-not-frozen = No se pudo congelar la imagen. Prueba de nuevo.
said-no-photo = No ha funcionado. Prueba de nuevo.
said-photo-sent = Foto enviada

# Pizarras
board-of = Imagen de { $name }
board-mine = Tu imagen
board-hint-look = Toca para señalar o dibuja
board-hint-draw = Dos dedos la mueven
board-hint-erase = Toca tus líneas
board-label = { $count ->
    [0] La imagen
    [one] La imagen, con 1 cosa dibujada
   *[other] La imagen, con { $count } cosas dibujadas
}
boards-label = Imágenes
boards-one = Imagen { $number }: { $name }
tools-label = Para dibujar
tool-pen = Trazo
tool-arrow = Flecha
tool-mark = Marca
tool-erase = Borrar
tool-colour = Color
tool-undo = Deshacer
tool-redo = Rehacer
ink-red = Rojo
ink-yellow = Amarillo
ink-green = Verde
ink-blue = Azul
ink-white = Blanco

# El experto pide una foto
photo-title = { $name } te pide una foto nítida
photo-text = Haz una foto de lo que estás viendo.
photo-text-live = Mantén quieto el teléfono y haz la foto.
photo-take = Hacer la foto
photo-taking = Enviando la foto…

# Pasos
steps-from = Pasos de { $name }
steps-progress = { $done } de { $all } respondidos
steps-back = Paso anterior
steps-forward = Paso siguiente
steps-all = Todos los pasos
steps-one = Volver al paso
steps-finished = Ese era el último paso
steps-finished-text = { $name } ve tus respuestas.
step-number = Paso { $number } de { $all }
step-done = Hecho
step-failed = No funciona
step-next = Paso siguiente
step-photo = Añadir foto
step-photo-again = Otra foto
step-photo-name = Paso { $number }.jpg
step-is-done = Hecho
step-is-failed = No funciona
step-note = ¿Qué pasa en su lugar?

# Documentos
page-from = De { $name }
page-hint = Página { $page } de { $all } · { $name }
page-label = Página { $page } de { $all }
page-title = { $name }, página { $page }
page-back = Página anterior
page-forward = Página siguiente
page-follow = Seguir a { $name }: página { $page }
page-draw = Dibujar
page-save = Guardar
page-fetch = Traer
page-fetching = { $percent } %
page-no-preview = No hay vista previa de este archivo.
page-cut = El archivo sigue; guárdalo para leer el resto.

# Texto compartido
text-title = Texto compartido
text-hint = Podéis escribir los dos aquí.
text-hint-viewer = Aquí puedes seguir lo que se escribe.
text-writer = { $name } · línea { $line }

# Todo lo mostrado
all-title = Mostrado hasta ahora
all-count = { $count ->
    [one] 1 cosa que ver
   *[other] { $count } cosas que ver
}
all-pill = { $count ->
    [one] Mostrado hasta ahora: 1 cosa
   *[other] Mostrado hasta ahora: { $count } cosas
}
all-pages = { $count ->
    [one] 1 página
   *[other] { $count } páginas
}
all-text = Texto con { $name }

# Problemas de la cámara
camera-denied = La cámara no está permitida
camera-denied-do = Permítela una vez y prueba de nuevo:
camera-dismissed = Aún falta tu permiso
camera-dismissed-do = El navegador pregunta si esta página puede usar la cámara. Elige «Permitir».
camera-missing = No se encuentra ninguna cámara
camera-missing-do = Conecta una cámara o abre tu enlace en un teléfono. Puedes seguir en el chat.
camera-busy = Otra aplicación usa la cámara
camera-busy-do = Cierra otras aplicaciones que usen la cámara, como videollamadas, y prueba de nuevo.
camera-lost = La cámara se ha apagado
camera-lost-do = Puede ser por una llamada, otra aplicación o una cámara desconectada. Enciéndela cuando quieras.
camera-insecure = Esta página no puede usar la cámara
camera-insecure-do = Abre tu enlace en Safari, Chrome, Edge o Firefox.
camera-again = Probar de nuevo
camera-start-again = Encender la cámara
camera-without = Volver al chat

# Cómo permitir la cámara, un paso por línea
allow-ios-1 = Toca el icono de ajustes de página junto a la dirección
allow-ios-2 = Toca «Configuración del sitio web», luego Cámara: «Permitir»
allow-ios-3 = Vuelve y prueba de nuevo
allow-android-chrome-1 = Toca el icono a la izquierda de la dirección
allow-android-chrome-2 = Toca «Permisos» y activa la cámara
allow-android-chrome-3 = Vuelve y prueba de nuevo
allow-android-firefox-1 = Toca el candado junto a la dirección
allow-android-firefox-2 = Toca la cámara hasta que diga «Permitido»
allow-android-firefox-3 = Vuelve y prueba de nuevo
allow-android-samsung-1 = Toca el candado junto a la dirección
allow-android-samsung-2 = Toca «Permisos» y permite la cámara
allow-android-samsung-3 = Vuelve y prueba de nuevo
allow-mac-safari-1 = Abre el menú Safari, «Ajustes de este sitio web»
allow-mac-safari-2 = Pon Cámara en «Permitir»
allow-mac-safari-3 = Vuelve y prueba de nuevo
allow-firefox-1 = Haz clic en la cámara tachada junto a la dirección
allow-firefox-2 = Quita el bloqueo
allow-firefox-3 = Prueba de nuevo y elige «Permitir»
allow-chromium-1 = Haz clic en el icono a la izquierda de la dirección
allow-chromium-2 = Activa la cámara
allow-chromium-3 = Vuelve y prueba de nuevo
