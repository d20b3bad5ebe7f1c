# Su propio teléfono, una vez al mes: quien lo tenga en la mano no sabe de qué trata.
lock-reminder = Tienes un recordatorio
