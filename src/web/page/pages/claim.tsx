export default function Login() {
  return <main class="alone" />;
}
